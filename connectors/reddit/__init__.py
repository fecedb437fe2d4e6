from connectors.reddit.connector import open_connector as open_connector
from connectors.reddit.listing import watch_faults as watch_faults
