from connectors.reddit.connector import open_connector as open_connector
