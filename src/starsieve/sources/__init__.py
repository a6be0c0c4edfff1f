"""Remote archives and installed data packages: import the module of the one you want."""
