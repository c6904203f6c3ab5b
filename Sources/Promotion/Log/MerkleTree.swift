import Basics

/// The Merkle tree of RFC 6962 (Certificate Transparency, section 2.1) over the entries of the audit log: one hash
/// stands for all of them, and a few hashes prove that one entry is among them.
///
/// A leaf is SHA-256(0x00 ‖ the 32 bytes of an entry's hash), a node SHA-256(0x01 ‖ left ‖ right); with n leaves the
/// left half holds the largest power of two below n.
package enum MerkleTree {
    /// The root over entries by their hashes, in hexadecimal digits; nil for no entries or a text that is no hash.
    ///
    /// - Complexity: linear.
    package static func root(_ hashes: [String]) -> String? {
        guard let leaves = leaves(hashes), !leaves.isEmpty else { return nil }
        return Digest.hex(root(leaves[...]))
    }

    /// The roots over the first so many entries, for some counts of them.
    ///
    /// - Returns: by count; none for counts that are not there.
    /// - Complexity: linear in the entries, however many counts.
    package static func roots(_ hashes: [String], sizes: Set<Int>) -> [Int: String] {
        guard let leaves = leaves(hashes) else { return [:] }
        // Whole trees that are not yet part of a larger one, each with its number of leaves, the largest first.
        var trees: [(count: Int, root: [UInt8])] = [], roots: [Int: String] = [:]
        for (index, leaf) in leaves.enumerated() {
            trees.append((1, leaf))
            while trees.count > 1, trees[trees.count - 2].count == trees[trees.count - 1].count {
                let right = trees.removeLast(), left = trees.removeLast()
                trees.append((left.count * 2, inner(left.root, right.root)))
            }
            guard sizes.contains(index + 1), var root = trees.last?.root else { continue }
            for tree in trees.dropLast().reversed() { root = inner(tree.root, root) }
            roots[index + 1] = Digest.hex(root)
        }
        return roots
    }

    /// The hashes that lead from one entry to the root, the lowest first.
    ///
    /// - Parameter index: of the entry, from 0.
    /// - Returns: nil for an entry that is not there.
    package static func path(to index: Int, in hashes: [String]) -> [String]? {
        guard let leaves = leaves(hashes), leaves.indices.contains(index) else { return nil }
        return path(to: index, leaves[...]).map { Digest.hex($0) }
    }

    /// Whether a path leads from an entry's hash to a root (RFC 9162, section 2.1.3.2).
    package static func verifies(_ hash: String, index: Int, size: Int, path: [String], root: String) -> Bool {
        guard index >= 0, index < size, var node = leaves([hash])?.first else { return false }
        var (place, last) = (index, size - 1)
        for text in path {
            guard last > 0, let other = bytes(text) else { return false }
            if place & 1 == 1 || place == last {
                node = inner(other, node)
                while place & 1 == 0, place != 0 { (place, last) = (place >> 1, last >> 1) }
            } else {
                node = inner(node, other)
            }
            (place, last) = (place >> 1, last >> 1)
        }
        return last == 0 && Digest.hex(node) == root
    }

    // MARK: Nodes

    private static func leaves(_ hashes: [String]) -> [[UInt8]]? {
        var out: [[UInt8]] = []
        out.reserveCapacity(hashes.count)
        for hash in hashes {
            guard let bytes = bytes(hash) else { return nil }
            out.append(Digest.sha256Bytes([0] + bytes))
        }
        return out
    }

    private static func inner(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { Digest.sha256Bytes([1] + left + right) }

    /// Where the left half ends: the largest power of two below the count.
    private static func split(_ count: Int) -> Int { 1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount) }

    private static func root(_ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
        guard leaves.count > 1 else { return leaves.first ?? [] }
        let middle = leaves.startIndex + split(leaves.count)
        return inner(root(leaves[..<middle]), root(leaves[middle...]))
    }

    private static func path(to index: Int, _ leaves: ArraySlice<[UInt8]>) -> [[UInt8]] {
        guard leaves.count > 1 else { return [] }
        let half = split(leaves.count), middle = leaves.startIndex + half
        return index < half
            ? path(to: index, leaves[..<middle]) + [root(leaves[middle...])]
            : path(to: index - half, leaves[middle...]) + [root(leaves[..<middle])]
    }

    /// 32 bytes from 64 digits.
    private static func bytes(_ text: String) -> [UInt8]? {
        guard text.utf8.count == 64 else { return nil }
        var out: [UInt8] = [], high: UInt8?
        for digit in text.utf8 {
            let value: UInt8
            switch digit {
            case 48...57: value = digit - 48
            case 97...102: value = digit - 87
            default: return nil
            }
            if let left = high {
                out.append(left << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return out
    }
}
