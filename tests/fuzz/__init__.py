"""Every parser of what an appliance, a network or a user says, fed with what nobody meant."""
