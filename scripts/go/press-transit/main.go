// Press-transit is a closed loop on a transit engine: so many calls under way, each decrypting the three fields of one
// member in a batch. It tells calls a second and latencies as one line of JSON.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net/http"
	"os"
	"sort"
	"sync"
	"time"
)

type item struct {
	Plaintext  string `json:"plaintext,omitempty"`
	Ciphertext string `json:"ciphertext,omitempty"`
	Error      string `json:"error,omitempty"`
}

type batch struct {
	BatchInput []item `json:"batch_input"`
}

type answer struct {
	Data struct {
		BatchResults []item `json:"batch_results"`
	} `json:"data"`
}

// The same lengths as the fields of the view that the vault releases.
var fields = []string{"Hana Mori", "100-0001 Tokyo Chiyoda 1-2-3, Room 4, care of Mori", "+819000001024"}

type engine struct {
	client *http.Client
	base   string
	token  string
}

func (e *engine) call(operation string, body []byte) ([]byte, error) {
	request, err := http.NewRequest(http.MethodPost, e.base+"/v1/transit/"+operation, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("X-Vault-Token", e.token)
	response, err := e.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, content)
	}
	return content, err
}

// seal gives the body of a call that opens one member's fields.
func (e *engine) seal(member int) ([]byte, error) {
	var plain batch
	for _, field := range fields {
		text := fmt.Sprintf("%s %07d", field, member)
		plain.BatchInput = append(plain.BatchInput, item{Plaintext: base64.StdEncoding.EncodeToString([]byte(text))})
	}
	body, err := json.Marshal(plain)
	if err != nil {
		return nil, err
	}
	content, err := e.call("encrypt/members", body)
	if err != nil {
		return nil, err
	}
	var sealed answer
	if err := json.Unmarshal(content, &sealed); err != nil {
		return nil, err
	}
	var wanted batch
	for _, found := range sealed.Data.BatchResults {
		wanted.BatchInput = append(wanted.BatchInput, item{Ciphertext: found.Ciphertext})
	}
	return json.Marshal(wanted)
}

// open makes one call and sees that three fields come back.
func (e *engine) open(body []byte) error {
	content, err := e.call("decrypt/members", body)
	if err != nil {
		return err
	}
	if bytes.Count(content, []byte(`"plaintext"`)) != len(fields) {
		return fmt.Errorf("not three fields: %s", content)
	}
	return nil
}

func main() {
	inFlight := flag.Int("in-flight", 16, "calls under way")
	seconds := flag.Float64("seconds", 10, "how long, after two seconds of warming up")
	members := flag.Int("members", 2000, "how many members' fields are asked for")
	flag.Parse()
	authority, err := os.ReadFile(os.Getenv("BAO_CACERT"))
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13},
		MaxIdleConnsPerHost: *inFlight,
	}
	e := &engine{client: &http.Client{Transport: transport}, base: os.Getenv("BAO_ADDR"), token: os.Getenv("BAO_TOKEN")}
	bodies := make([][]byte, *members)
	for member := range bodies {
		if bodies[member], err = e.seal(member); err != nil {
			log.Fatal(err)
		}
	}
	begin := time.Now().Add(2 * time.Second)
	end := begin.Add(time.Duration(*seconds * float64(time.Second)))
	taken := make([][]time.Duration, *inFlight)
	var workers sync.WaitGroup
	for worker := range taken {
		workers.Add(1)
		go func(worker int) {
			defer workers.Done()
			random := rand.New(rand.NewSource(int64(worker)))
			for {
				start := time.Now()
				if start.After(end) {
					return
				}
				if err := e.open(bodies[random.Intn(len(bodies))]); err != nil {
					log.Fatal(err)
				}
				if start.After(begin) {
					taken[worker] = append(taken[worker], time.Since(start))
				}
			}
		}(worker)
	}
	workers.Wait()
	var all []time.Duration
	for _, times := range taken {
		all = append(all, times...)
	}
	sort.Slice(all, func(one, other int) bool { return all[one] < all[other] })
	at := func(part float64) int64 { return all[int(part*float64(len(all)-1))].Microseconds() }
	fmt.Printf("{\"rps\":%.1f,\"p50_us\":%d,\"p99_us\":%d,\"in_flight\":%d}\n",
		float64(len(all))/(*seconds), at(0.50), at(0.99), *inFlight)
}
