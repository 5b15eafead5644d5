"""One model of the options: flags, environment variables, defaults, help and the reference come from it."""
