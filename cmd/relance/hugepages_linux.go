package main

import (
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// hugePages has the next so many bytes of the heap kept in pages of 2 MiB where the machine gives them to who
// asks: what is touched all over gigabytes costs up to a third less. Room is taken and given back unused: the advice
// stays with the addresses, which the heap grows into. Where there is not as much, nothing is asked.
func hugePages(size int) {
	probe, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return
	}
	if err := unix.Munmap(probe); err != nil {
		return
	}
	const piece = 32 << 20 // one piece would be zeroed as a whole if its first page had been used
	for room := make([][]byte, 0, size/piece); len(room) < cap(room); {
		room = append(room, make([]byte, piece))
		_ = unix.Madvise(room[len(room)-1], unix.MADV_HUGEPAGE) // a kernel without them is no mistake
	}
	debug.FreeOSMemory()
}
