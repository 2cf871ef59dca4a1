package channels

import "slices"

// attempt is what is known while one message looks for a provider.
type attempt struct {
	channel Channel
	avoid   []string        // who failed it last time
	done    map[string]bool // who was asked, or was full
	full    []Answer        // of those that were
}

// pick draws a provider for a message, and counts it as busy with it until release; nil when none
// can be asked. Those to avoid are drawn when there is no other.
func (r *Router) pick(a attempt) Provider {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.cfg.Now()
	var first, avoided []*lane
	for _, l := range r.lanes {
		name := l.Provider.Name()
		l.judge(now)
		switch {
		case l.Provider.Channel() != a.channel || l.pause.On || a.done[name], l.breaker.open(now), l.breaker.trying() && l.busy > 0:
		case l.Weight == 0 && len(a.full) > 0: // a rate is kept by waiting, not by using up the reserve
		case slices.Contains(a.avoid, name):
			avoided = append(avoided, l)
		default:
			first = append(first, l)
		}
	}
	for _, lanes := range [][]*lane{first, avoided} {
		if l := draw(lanes, r.cfg.Random()); l != nil {
			l.busy++
			return l.Provider
		}
	}
	return nil
}

func (r *Router) release(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.find(name); l != nil {
		l.busy--
	}
}

// draw picks a lane in proportion to its stake, among those with room if any has; x is in [0,1).
func draw(lanes []*lane, x float64) *lane {
	parts := stakes(lanes)
	roomy := slices.Clone(parts)
	for i, l := range lanes {
		if l.AtOnce > 0 && l.busy >= l.AtOnce {
			roomy[i] = 0
		}
	}
	if i := drawn(roomy, x); i >= 0 {
		return lanes[i]
	}
	if i := drawn(parts, x); i >= 0 {
		return lanes[i]
	}
	return nil
}

// stakes are the parts of lanes in a draw: weights, each as far as its lane stands. What even
// the best of them has lost goes to the reserves.
func stakes(lanes []*lane) []float64 {
	total, best := 0.0, 0.0
	for _, l := range lanes {
		if l.Weight > 0 {
			total, best = total+float64(l.Weight), max(best, l.standing.Share())
		}
	}
	if total == 0 {
		total = 1
	}
	parts := make([]float64, len(lanes))
	for i, l := range lanes {
		if parts[i] = float64(l.Weight) * l.standing.Share(); l.Weight == 0 {
			parts[i] = total * (1 - best) * l.standing.Share()
		}
	}
	return parts
}

// drawn is the index of a part, by chance in proportion; -1 when all are nothing.
func drawn(parts []float64, x float64) int {
	total := 0.0
	for _, p := range parts {
		total += p
	}
	x *= total
	last := -1
	for i, p := range parts {
		if p == 0 {
			continue
		}
		if last = i; x < p {
			break
		}
		x -= p
	}
	return last
}
