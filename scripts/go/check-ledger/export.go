// What `fubako ledger export` writes (C2SP tlog-tiles), read and checked.

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The height of tiles that C2SP tlog-tiles has.
const height = 8

// An exported ledger in memory. It is a tlog.HashReader.
type ledger struct {
	files     map[string][]byte
	key       string
	verifiers note.Verifiers
	tree      tlog.Tree
}

func readExport(folder string) (*ledger, error) {
	export := &ledger{files: map[string][]byte{}}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err == nil {
			export.files[name], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	export.key = strings.TrimSpace(string(export.files["verifier-key"]))
	verifier, err := note.NewVerifier(export.key)
	if err != nil {
		return nil, fmt.Errorf("the verifier key: %w", err)
	}
	export.verifiers = note.VerifierList(verifier)
	export.tree, err = openCheckpoint(export.files["checkpoint"], export.verifiers)
	return export, err
}

// openCheckpoint verifies a signed checkpoint and reads it: origin, size, root.
func openCheckpoint(text []byte, verifiers note.Verifiers) (tlog.Tree, error) {
	opened, err := note.Open(text, verifiers)
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("the checkpoint: %w", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != opened.Sigs[0].Name {
		return tlog.Tree{}, errors.New("the checkpoint does not have the lines of one, or another name than its key")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("the checkpoint's size: %w", err)
	}
	root, err := decodeHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func decodeHash(text string) (hash tlog.Hash, err error) {
	decoded, err := base64.StdEncoding.Strict().DecodeString(text)
	if err == nil && copy(hash[:], decoded) != len(decoded) || len(decoded) != tlog.HashSize {
		err = errors.New("no hash of 32 bytes in base64")
	}
	return hash, err
}

// checkNote checks the checkpoint.
func checkNote(export *ledger) error {
	tree, err := openCheckpoint(export.files["checkpoint"], export.verifiers)
	if err == nil && tree != export.tree {
		err = errors.New("the checkpoint is another")
	}
	return err
}

// checkBundles checks that the leaves come to the root, with nothing but the leaves.
func checkBundles(export *ledger) error {
	_, err := export.grow()
	return err
}

// checkTiles checks every tile against the leaves, byte for byte, and the root against the tiles alone.
func checkTiles(export *ledger) error {
	grown, err := export.grow()
	if err != nil {
		return err
	}
	for _, tile := range export.tiles() {
		expected, err := tlog.ReadTileData(tile, grown)
		if err != nil {
			return err
		}
		if !bytes.Equal(expected, export.files[tilePath(tile)]) {
			return fmt.Errorf("%s does not hold the hashes of the leaves", tilePath(tile))
		}
	}
	return checkTilesAlone(export)
}

// checkTilesAlone checks that the checkpoint vouches for every hash in the tiles: those at the right edge come to its root,
// and every full tile to the hash of it that the tile above holds.
//
// tlog.TileHashReader is there for that, but up to golang.org/x/mod 0.7.0 at least it does not check every tile it reads:
// where two subtrees of the right edge lie in one tile, as many tiles behind them are left out.
func checkTilesAlone(export *ledger) error {
	root, err := tlog.TreeHash(export.tree.N, export)
	if err == nil && root != export.tree.Hash {
		err = errors.New("the tiles do not come to the root that was signed")
	}
	for _, tile := range export.tiles() {
		if err != nil || tile.W < 1<<tile.H {
			continue
		}
		var hashes []tlog.Hash
		top := tile.H * (tile.L + 1)
		hashes, err = export.ReadHashes([]int64{
			tlog.StoredHashIndex(top, tile.N),
			tlog.StoredHashIndex(top-1, 2*tile.N),
			tlog.StoredHashIndex(top-1, 2*tile.N+1),
		})
		if err == nil && hashes[0] != tlog.NodeHash(hashes[1], hashes[2]) {
			err = fmt.Errorf("%s is not the tile whose hash stands above it", tilePath(tile))
		}
	}
	return err
}

// checkNothingElse checks that the export holds no file nobody looks at.
func checkNothingElse(export *ledger) error {
	known := map[string]bool{"checkpoint": true, "verifier-key": true}
	for _, tile := range append(export.tiles(), export.bundles()...) {
		known[tilePath(tile)] = true
	}
	for name := range export.files {
		if !known[name] {
			return fmt.Errorf("%s belongs to no tree of %d entries", name, export.tree.N)
		}
	}
	return nil
}

// grow makes the tree anew from the leaves, and checks its root.
func (export *ledger) grow() (tlog.HashReader, error) {
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		read := make([]tlog.Hash, len(indexes))
		for at, index := range indexes {
			if index >= int64(len(hashes)) {
				return nil, fmt.Errorf("there is no hash %d", index)
			}
			read[at] = hashes[index]
		}
		return read, nil
	})
	count := int64(0)
	for _, bundle := range export.bundles() {
		leaves, err := export.leaves(bundle)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", tilePath(bundle), err)
		}
		for _, leaf := range leaves {
			more, err := tlog.StoredHashesForRecordHash(count, tlog.RecordHash(leaf), reader)
			if err != nil {
				return nil, err
			}
			hashes = append(hashes, more...)
			count++
		}
	}
	root, err := tlog.TreeHash(export.tree.N, reader)
	if err == nil && root != export.tree.Hash {
		err = errors.New("the leaves do not come to the root that was signed")
	}
	return reader, err
}

// leaves takes a bundle apart: a length of two bytes before each leaf, big-endian.
func (export *ledger) leaves(bundle tlog.Tile) (leaves [][]byte, err error) {
	rest := export.files[tilePath(bundle)]
	for len(rest) >= 2 {
		length := int(binary.BigEndian.Uint16(rest))
		if len(rest) < 2+length {
			break
		}
		leaves, rest = append(leaves, rest[2:2+length]), rest[2+length:]
	}
	if len(rest) != 0 || len(leaves) != bundle.W {
		err = fmt.Errorf("not a bundle of %d leaves", bundle.W)
	}
	return leaves, err
}

// tiles lists the tiles of hashes the tree has.
func (export *ledger) tiles() (tiles []tlog.Tile) {
	for level := 0; export.tree.N>>(height*level) > 0; level++ {
		for n := int64(0); n<<height < export.tree.N>>(height*level); n++ {
			tiles = append(tiles, export.widest(tlog.Tile{H: height, L: level, N: n}))
		}
	}
	return tiles
}

// bundles lists the bundles of entries, which are the tiles of a level below the lowest.
func (export *ledger) bundles() (bundles []tlog.Tile) {
	for _, tile := range export.tiles() {
		if tile.L == 0 {
			tile.L = -1
			bundles = append(bundles, tile)
		}
	}
	return bundles
}

// ReadHashes gives hashes of the tree out of the tiles.
func (export *ledger) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	read := make([]tlog.Hash, len(indexes))
	for at, index := range indexes {
		tile := export.widest(tlog.TileForIndex(height, index))
		var err error
		if read[at], err = tlog.HashFromTile(tile, export.files[tilePath(tile)], index); err != nil {
			return nil, fmt.Errorf("%s: %w", tilePath(tile), err)
		}
	}
	return read, nil
}

// widest is the tile as the tree has it.
func (export *ledger) widest(tile tlog.Tile) tlog.Tile {
	tile.W = 1 << tile.H
	if left := export.tree.N>>(tile.H*tile.L) - tile.N<<tile.H; left < int64(tile.W) {
		tile.W = int(left)
	}
	return tile
}

// tilePath is the path of C2SP tlog-tiles: it has no height, and calls data entries.
func tilePath(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}
