/// Git's index, versions 2 to 4 of its format (`gitformat-index`), and what of a split one lies elsewhere.
package struct GitIndexFile: Sendable {
    /// The file that a split index goes on from: `sharedindex.DIGEST`.
    package struct Base: Sendable, Equatable {
        package let digest: String
        /// Positions of its entries that are none any more, in order.
        package let dropped: [Range<Int>]
    }

    /// Names that were asked for, in order.
    package private(set) var names: [[UInt8]] = []
    /// Nil where the index is whole.
    package private(set) var base: Base?

    /// - Parameters:
    ///   - dropped: positions of entries that do not count, in order.
    ///   - isWanted: asked of each name.
    /// - Returns: nil for what is no index, or none that this program understands: it says nothing then.
    package init?(
        _ bytes: [UInt8], digestBytes: Int, dropped: [Range<Int>] = [], isWanted: ([UInt8]) -> Bool = { _ in true }
    ) {
        let end = bytes.count - digestBytes
        guard end >= 12, bytes.starts(with: "DIRC".utf8) else { return nil }
        let version = Self.number(bytes, 4, 4)
        guard (2...4).contains(version) else { return nil }
        var at = 12, name: [UInt8] = [], gone = dropped[...]
        for position in 0..<Self.number(bytes, 8, 4) {
            let flags = at + 40 + digestBytes
            guard flags + 4 <= end else { return nil }
            var next = flags + 2 + (version >= 3 && Self.number(bytes, flags, 2) & 0x4000 != 0 ? 2 : 0)
            if version == 4 {
                guard let (cut, after) = Self.distance(bytes, next), cut <= name.count else { return nil }
                name.removeLast(cut)
                next = after
            } else {
                name = []
            }
            guard next <= end, let stop = bytes[next..<end].firstIndex(of: 0) else { return nil }
            name += bytes[next..<stop]
            // The others are padded to eight bytes, with one at least.
            at = version == 4 ? stop + 1 : at + (stop - at + 8) / 8 * 8
            while let first = gone.first, first.upperBound <= position { gone.removeFirst() }
            // An entry without a name is one of the other file, with something else about it than its name.
            guard !name.isEmpty, gone.first?.contains(position) != true, isWanted(name) else { continue }
            names.append(name)
        }
        guard at <= end, readExtensions(bytes, at, end, digestBytes) else { return nil }
    }

    /// - Returns: false for one that has to be understood and is not.
    private mutating func readExtensions(_ bytes: [UInt8], _ start: Int, _ end: Int, _ digestBytes: Int) -> Bool {
        var at = start
        while at + 8 <= end {
            let size = Self.number(bytes, at + 4, 4), body = at + 8
            guard size <= end - body else { return false }
            switch String(decoding: bytes[at..<at + 4], as: UTF8.self) {
            case "link":
                guard size >= digestBytes else { return false }
                let digest = bytes[body..<body + digestBytes]
                let rest = Array(bytes[(body + digestBytes)..<(body + size)])
                guard let dropped = rest.isEmpty ? [] : Self.positions(rest) else { return false }
                if digest.contains(where: { $0 != 0 }) { base = Base(digest: Self.hex(digest), dropped: dropped) }
            // Directories that are not checked out, with the slash at their end.
            case "sdir": break
            // Those that begin with a capital may be passed over.
            default: guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(bytes[at]) else { return false }
            }
            at = body + size
        }
        return true
    }

    /// The bits that are set in a bitmap as Git writes it (EWAH): words of 64 bits, each a run of equal words with so
    /// many plain ones behind it.
    private static func positions(_ bytes: [UInt8]) -> [Range<Int>]? {
        guard bytes.count >= 8 else { return nil }
        let words = number(bytes, 4, 4)
        guard words <= (bytes.count - 8) / 8 else { return nil }
        func word(_ index: Int) -> UInt64 {
            bytes[(8 + index * 8)..<(16 + index * 8)].reduce(0) { $0 << 8 | UInt64($1) }
        }
        var found: [Range<Int>] = [], position = 0, index = 0
        while index < words {
            let head = word(index), run = Int(head >> 1 & 0xffff_ffff) * 64, plain = Int(head >> 33)
            if head & 1 == 1, run > 0 { found.append(position..<position + run) }
            position += run
            index += 1
            guard plain <= words - index else { return nil }
            for _ in 0..<plain {
                let bits = word(index)
                for bit in 0..<64 where bits >> UInt64(bit) & 1 == 1 {
                    found.append(position + bit..<position + bit + 1)
                }
                position += 64
                index += 1
            }
        }
        return found
    }

    private static func number(_ bytes: [UInt8], _ at: Int, _ width: Int) -> Int {
        bytes[at..<at + width].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func hex(_ bytes: ArraySlice<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// A number of as many bytes as it needs, and where it ends.
    private static func distance(_ bytes: [UInt8], _ start: Int) -> (Int, Int)? {
        var at = start, value = 0
        while at < bytes.count, at - start < 5 {
            value = value << 7 | Int(bytes[at] & 0x7f)
            at += 1
            guard bytes[at - 1] & 0x80 != 0 else { return (value, at) }
            value += 1
        }
        return nil
    }
}
