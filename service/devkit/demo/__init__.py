"""The demonstration: a scene of real daemons, a cast of readers, and a story that they play."""
