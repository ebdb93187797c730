// Damage: a byte flipped here and there, which has to be noticed each time.

package main

import (
	"bytes"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// How often something was damaged, and that noticed.
type flips struct{ checkpoint, bundles, tiles int }

// damageExport flips every byte of the checkpoint, and bytes of every leaf and of every hash.
func damageExport(export *ledger) (count flips, err error) {
	checkpoint := export.files["checkpoint"]
	count.checkpoint, err = damageText(checkpoint, func(damaged []byte) error {
		return checkNote(export.with("checkpoint", damaged))
	})
	if err != nil {
		return count, err
	}
	for _, bundle := range export.bundles() {
		more, err := export.damage(tilePath(bundle), 61, checkBundles)
		if err != nil {
			return count, err
		}
		count.bundles += more
	}
	for _, tile := range export.tiles() {
		more, err := export.damage(tilePath(tile), 31, checkTilesAlone)
		if err != nil {
			return count, err
		}
		count.tiles += more
	}
	return count, nil
}

// damage flips one byte in so many of a file.
func (export *ledger) damage(name string, step int, check func(*ledger) error) (int, error) {
	count := 0
	for at := 0; at < len(export.files[name]); at += step {
		if check(export.with(name, flipped(export.files[name], at))) == nil {
			return count, fmt.Errorf("%s: byte %d was flipped, and nobody noticed", name, at)
		}
		count++
	}
	return count, nil
}

// damageText flips each byte of a text that ends with a signed note.
func damageText(text []byte, check func([]byte) error) (int, error) {
	// The last sign of a signature holds two bits that say nothing, and Go's decoder of base64 lets them be anything.
	silent := bytes.LastIndexByte(text, '=') - 1
	count := 0
	for at := range text {
		if at == silent {
			continue
		}
		if check(flipped(text, at)) == nil {
			return count, fmt.Errorf("byte %d was flipped, and nobody noticed", at)
		}
		count++
	}
	return count, nil
}

// damageHashes flips each byte of a list of hashes.
func damageHashes(hashes []tlog.Hash, check func([]tlog.Hash) error) (int, error) {
	count := 0
	for at := range hashes {
		for byteAt := range hashes[at] {
			damaged := append([]tlog.Hash(nil), hashes...)
			damaged[at][byteAt] ^= 1
			if check(damaged) == nil {
				return count, fmt.Errorf("byte %d of hash %d was flipped, and nobody noticed", byteAt, at)
			}
			count++
		}
	}
	return count, nil
}

// with is the export with one file replaced.
func (export *ledger) with(name string, content []byte) *ledger {
	other := *export
	other.files = make(map[string][]byte, len(export.files))
	for known, content := range export.files {
		other.files[known] = content
	}
	other.files[name] = content
	return &other
}

func flipped(content []byte, at int) []byte {
	damaged := append([]byte(nil), content...)
	damaged[at] ^= 1
	return damaged
}
