package main

import "relance/engine/simulation"

func chartOf(r *simulation.Report) []byte { return nil }
