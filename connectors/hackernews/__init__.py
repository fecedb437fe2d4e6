from connectors.hackernews.connector import open_connector as open_connector
