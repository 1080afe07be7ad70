"""What strangers send is read in processes that may end without harm."""
