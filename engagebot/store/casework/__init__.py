"""Cases, and all that hangs on one."""
