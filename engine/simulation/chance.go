package simulation

import (
	"hash/fnv"
	"io"
	"math"
	"time"
)

// The purposes that are drawn for, each on its own: what one decides changes no other draw.
const (
	drawDelivered = iota + 1
	drawOpened
	drawBooked
	drawDelay
	drawMorning
	drawWish
	drawSlot
	drawChange
	drawAnswer
	drawStop
	drawCame
	drawConvened
)

// chance is where a person's draws come from.
type chance uint64

func chanceOf(seed uint64, person string) chance {
	h := fnv.New64a()
	_, _ = io.WriteString(h, person)
	return chance(mix(h.Sum64() ^ mix(seed)))
}

// mix spreads the bits of a number (splitmix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// draw is a number in [0, 1): for a purpose, and the n-th time of it.
func (c chance) draw(purpose, n uint64) float64 {
	return float64(mix(uint64(c)^mix(purpose<<32|n))>>11) / (1 << 53)
}

// after draws a duration, log-normal by its median and its 90th percentile, in hours.
func (c chance) after(s Spread, n uint64) time.Duration {
	const z90 = 1.2815515655446004
	u, v := c.draw(drawDelay, 2*n), c.draw(drawDelay, 2*n+1)
	z := math.Sqrt(-2*math.Log(1-u)) * math.Cos(2*math.Pi*v)
	hours := s.Median * math.Exp(z*math.Log(s.P90/s.Median)/z90)
	return time.Duration(min(hours, 24*90) * float64(time.Hour))
}
