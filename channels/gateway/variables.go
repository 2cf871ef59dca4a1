package gateway

import (
	"maps"
	"time"

	"relance/channels"
	"relance/channels/text"
)

// optional are the variables that a message may lack.
func optional() []string { return []string{"callback", "valid_seconds", "…"} }

// variables are what the templates of a request may say about a message.
func variables(m channels.Message, from, callback string, validFor time.Duration) map[string]any {
	v := map[string]any{
		"id": m.ID, "to": m.To, "text": m.Body, "from": from,
		"reference": channels.Reference(m.Callback, m.ID),
		"unicode":   text.Split(m.Body).Encoding == text.UCS2,
	}
	if callback != "" {
		v["callback"] = callback
	}
	if validFor > 0 {
		whole := func(unit time.Duration) int { return int(max(1, validFor/unit)) }
		v["valid_ms"], v["valid_seconds"] = whole(time.Millisecond), whole(time.Second)
		v["valid_minutes"], v["valid_hours"] = whole(time.Minute), whole(time.Hour)
	}
	return v
}

// sendSamples are a message with everything and one with the least.
func sendSamples() []map[string]any {
	m := channels.Message{ID: "msg_1", To: "+33612345678", Body: "Bonjour", Callback: "https://relance.example/hooks/a/status?p=1"}
	all := variables(m, "38000", m.Callback, time.Hour)
	m.Callback, m.Body = "", "\u0416"
	return []map[string]any{all, variables(m, "Agence", "", 0)}
}

// findSamples are those of a look-up: the message, and since when.
func findSamples() []map[string]any {
	samples := sendSamples()
	for _, s := range samples {
		maps.Copy(s, sinceVariables(time.Unix(1_800_000_000, 0)))
	}
	return samples
}

func sinceVariables(since time.Time) map[string]any {
	return map[string]any{"since": since.UTC().Format(time.RFC3339), "since_unix": int(since.Unix())}
}
