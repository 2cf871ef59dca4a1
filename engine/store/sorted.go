package store

import (
	"iter"
	"slices"
)

// sorted is an ordered set for stores in memory: blocks of neighbours, so that a change moves few of
// many. The zero value needs compare.
type sorted[T any] struct {
	compare func(a, b T) int
	blocks  [][]T
}

// blockSize is the most neighbours of one block.
const blockSize = 256

// block is the one that holds v or would: the first whose last is not before it, or the last of all.
func (s *sorted[T]) block(v T) int {
	n, _ := slices.BinarySearchFunc(s.blocks, v, func(b []T, v T) int { return s.compare(b[len(b)-1], v) })
	return min(n, len(s.blocks)-1)
}

// add puts v in its place, unless it is there.
func (s *sorted[T]) add(v T) {
	if len(s.blocks) == 0 {
		s.blocks = append(s.blocks, append(make([]T, 0, 4), v))
		return
	}
	n := s.block(v)
	at, there := slices.BinarySearchFunc(s.blocks[n], v, s.compare)
	if there {
		return
	}
	b := slices.Insert(s.blocks[n], at, v)
	s.blocks[n] = b
	if len(b) <= blockSize {
		return
	}
	cut := blockSize / 2
	if at == len(b)-1 && n == len(s.blocks)-1 {
		cut = blockSize // what grows at its end leaves full blocks behind
	}
	s.blocks = slices.Insert(s.blocks, n+1, append(make([]T, 0, blockSize+1), b[cut:]...))
	clear(b[cut:])
	s.blocks[n] = b[:cut]
}

// remove takes v out, if it is there.
func (s *sorted[T]) remove(v T) {
	if len(s.blocks) == 0 {
		return
	}
	n := s.block(v)
	at, there := slices.BinarySearchFunc(s.blocks[n], v, s.compare)
	if !there {
		return
	}
	if b := s.blocks[n]; at == 0 { // what is taken in order moves nothing
		clear(b[:1])
		s.blocks[n] = b[1:]
	} else {
		s.blocks[n] = slices.Delete(b, at, at+1)
	}
	if len(s.blocks[n]) == 0 {
		s.blocks = slices.Delete(s.blocks, n, n+1)
	}
}

// from goes through what is not before a place, in order; the set must not change meanwhile.
func (s *sorted[T]) from(before func(T) bool) iter.Seq[T] {
	return func(yield func(T) bool) {
		place := func(v T, _ struct{}) int {
			if before(v) {
				return -1
			}
			return 0
		}
		n, _ := slices.BinarySearchFunc(s.blocks, struct{}{}, func(b []T, _ struct{}) int { return place(b[len(b)-1], struct{}{}) })
		if n == len(s.blocks) {
			return
		}
		at, _ := slices.BinarySearchFunc(s.blocks[n], struct{}{}, place)
		for ; n < len(s.blocks); n, at = n+1, 0 {
			for _, v := range s.blocks[n][at:] {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// first is the least of all; false when there is none.
func (s *sorted[T]) first() (v T, ok bool) {
	if len(s.blocks) == 0 {
		return v, false
	}
	return s.blocks[0][0], true
}
