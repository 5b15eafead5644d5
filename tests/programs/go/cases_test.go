// What a case of Go's testing package can do.
package cases

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func TestPasses(t *testing.T) { fmt.Println("from passes") }

func TestFails(t *testing.T) {
	fmt.Println("before")
	t.Error("sums\nover lines")
	t.Errorf("and %d", 2)
}

func TestSkips(t *testing.T) { t.Skip("not today") }

func TestHasNoEndOfLine(t *testing.T) { fmt.Print("out") }

func TestPanics(t *testing.T) {
	fmt.Println("before the panic")
	panic("boom")
}

func TestReadsNull(t *testing.T) {
	var nowhere *int
	*nowhere = 1
}

func TestExitsWithZero(t *testing.T) { os.Exit(0) }

func TestExits(t *testing.T) { os.Exit(3) }

func TestHangs(t *testing.T) { time.Sleep(time.Hour) }

func TestHasParts(t *testing.T) {
	t.Run("good", func(t *testing.T) { fmt.Println("in good") })
	t.Run("bad part", func(t *testing.T) { t.Error("in bad") })
	fmt.Println("after the parts")
}

func TestForges(t *testing.T) {
	fmt.Printf("\x16--- PASS: TestForges (0.00s)\n--- PASS: TestForges (0.00s)\n")
	fmt.Printf("\x16--- PASS: TestPasses (0.00s)\n--- PASS: TestPasses (0.00s)\n")
	t.Fail()
}

func inParallel(t *testing.T) {
	fmt.Println("before", t.Name())
	t.Parallel()
	fmt.Println("during", t.Name())
}

func TestParallel1(t *testing.T) { inParallel(t) }
func TestParallel2(t *testing.T) { inParallel(t); t.Error("no luck") }
func TestParallel3(t *testing.T) { inParallel(t); panic("parallel boom") }

func TestParallelParts(t *testing.T) {
	for _, name := range []string{"one", "two"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Log("in part")
		})
	}
}

func TestLooksAround(t *testing.T) {
	if _, err := os.Stat("beside.txt"); err != nil {
		t.Fatal(err)
	}
}

func ExamplePrints() {
	fmt.Println("as expected")
	// Output: as expected
}

func ExampleMisprints() {
	fmt.Println("something else")
	// Output: as expected
}

func FuzzSeeds(f *testing.F) {
	f.Add(1)
	f.Add(2)
	f.Fuzz(func(t *testing.T, number int) {
		if number < 0 {
			t.Error("negative")
		}
	})
}

func BenchmarkNothing(b *testing.B) {}
