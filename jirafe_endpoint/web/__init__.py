"""The HTTP interface: routes for the hub, shops and operators."""
