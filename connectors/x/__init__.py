from connectors.x.connector import open_connector as open_connector
