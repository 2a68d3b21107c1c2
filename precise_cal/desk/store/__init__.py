"""What is kept: events and contents; everything else is read out of them."""
