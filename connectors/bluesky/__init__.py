from connectors.bluesky.connector import open_connector as open_connector
