package intake_test

import (
	"bytes"
	"fmt"
	"testing"

	"relance/engine/intake"
)

// BenchmarkRead reports lines per second of one core.
func BenchmarkRead(b *testing.B) {
	const n = 10_000
	for f, text := range map[intake.Format]func(int) string{
		intake.NDJSON: func(i int) string { return person(i) + "\n" },
		intake.JSON: func(i int) string {
			return map[bool]string{true: "[", false: ","}[i == 0] + person(i) + map[bool]string{true: "]"}[i == n-1]
		},
		intake.CSV: func(i int) string {
			row := fmt.Sprintf("dossier-%07d;Zoé;\"Martin\";06 12 %06d;zoe.martin.%d@example.fr;fr\r\n", i, i, i)
			if i == 0 {
				return "référence;prénom;nom;téléphone;courriel;langue\r\n" + row
			}
			return row
		},
	} {
		b.Run(string(f), func(b *testing.B) {
			var batch bytes.Buffer
			for i := range n {
				batch.WriteString(text(i))
			}
			b.SetBytes(int64(batch.Len()))
			b.ReportAllocs()
			for b.Loop() {
				lines := 0
				for line := range intake.Read(bytes.NewReader(batch.Bytes()), f) {
					if line.Err != nil {
						b.Fatal(line.N, line.Err)
					}
					lines++
				}
				if lines != n {
					b.Fatalf("%d lines", lines)
				}
			}
			b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "lines/s")
		})
	}
}

func person(i int) string {
	return fmt.Sprintf(`{"external_id":"dossier-%07d","first_name":"Zoé","last_name":"Martin","phone":"06 12 %06d","email":"zoe.martin.%d@example.fr","language":"fr","channels":["sms","email"]}`, i, i, i)
}
