"""What PocketRoom costs, measured against its peers."""
