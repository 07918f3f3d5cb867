"""Reports: what one moment's diagnosis looks like on paper and to a program."""
