// What `fubako ledger prove` writes (C2SP tlog-proof), read and checked.

package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A proof that an entry is in a ledger.
type entryProof struct {
	index int64
	path  tlog.RecordProof
	tree  tlog.Tree
}

// readProof reads a proof, and checks that its path leads from the leaf in it to the root of the checkpoint in it.
func readProof(text []byte, verifiers note.Verifiers) (*entryProof, error) {
	head, checkpoint, found := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return nil, errors.New("not a proof")
	}
	leaf, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil || !strings.HasPrefix(lines[1], "extra ") {
		return nil, errors.New("no leaf in the line `extra`")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil || !strings.HasPrefix(lines[2], "index ") {
		return nil, errors.New("no index")
	}
	proof := &entryProof{index: index}
	for _, line := range lines[3:] {
		hash, err := decodeHash(line)
		if err != nil {
			return nil, err
		}
		proof.path = append(proof.path, hash)
	}
	if proof.tree, err = openCheckpoint([]byte(checkpoint), verifiers); err != nil {
		return nil, err
	}
	if index < 0 || index >= proof.tree.N {
		return nil, fmt.Errorf("there is no entry %d", index)
	}
	err = tlog.CheckRecord(proof.path, proof.tree.N, proof.tree.Hash, index, tlog.RecordHash(leaf))
	return proof, err
}
