//! Routes: shortest paths on the network with turns, by vehicle class.
