from connectors.x.connector import open_connector as open_connector
from connectors.x.watch import watch_faults as watch_faults
