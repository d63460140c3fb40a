"""What each system shows of the company: tables by resource name, in the vendor's field names."""
