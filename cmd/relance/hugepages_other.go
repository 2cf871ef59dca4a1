//go:build !linux

package main

// hugePages are asked for on Linux only.
func hugePages(int) {}
