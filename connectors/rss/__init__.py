from connectors.rss.connector import open_connector as open_connector
