"""The product judged by the lab: what it finds, repairs and refuses on a really broken appliance."""
