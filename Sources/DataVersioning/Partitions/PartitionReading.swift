import Basics

/// The ways in which the parts of a pattern cover a name.
///
/// What cannot match is remembered for each part and position, so a name costs at most the product of both lengths and
/// never a power.
struct PartitionReading {
    private let parts: [PartitionPattern.Part]
    private let name: [UInt8]
    /// Where part `p` from position `i` on leads nowhere: `p * (count + 1) + i`.
    private var dead: [Bool]

    init(_ parts: [PartitionPattern.Part], _ name: [UInt8]) {
        self.parts = parts
        self.name = name
        dead = [Bool](repeating: false, count: (parts.count + 1) * (name.count + 1))
    }

    /// What each part covers in the first reading; nil when there is none.
    mutating func first() -> [Range<Int>]? {
        var spans: [Range<Int>] = []
        return match(0, 0, &spans, differingFrom: nil) ? spans : nil
    }

    /// Another reading in which a field has another value; nil when there is none.
    mutating func another(beside spans: [Range<Int>]) -> [Range<Int>]? {
        for index in parts.indices {
            guard case .field = parts[index], let other = reading(whose: index, isNot: spans[index]) else { continue }
            return other
        }
        return nil
    }

    private mutating func reading(whose field: Int, isNot span: Range<Int>) -> [Range<Int>]? {
        var copy = self
        copy.dead = [Bool](repeating: false, count: dead.count)
        var spans: [Range<Int>] = []
        return copy.match(0, 0, &spans, differingFrom: (field, span)) ? spans : nil
    }

    private mutating func match(
        _ part: Int, _ start: Int, _ spans: inout [Range<Int>], differingFrom other: (field: Int, span: Range<Int>)?
    ) -> Bool {
        guard part < parts.count else { return start == name.count }
        let cell = part * (name.count + 1) + start
        guard !dead[cell] else { return false }
        for end in ends(part, start) {
            if let other, other.field == part, other.span == start..<end { continue }
            spans.append(start..<end)
            if match(part + 1, end, &spans, differingFrom: other) { return true }
            spans.removeLast()
        }
        dead[cell] = true
        return false
    }

    /// Where a part that begins at `start` may end, longest first.
    private func ends(_ part: Int, _ start: Int) -> [Int] {
        switch parts[part] {
        case .literal(let bytes):
            return name[start...].starts(with: bytes) ? [start + bytes.count] : []
        case .one: return start < name.count && name[start] != UInt8(ascii: "/") ? [start + 1] : []
        case .any: return Array((start...slash(after: start)).reversed())
        case .field(_, .text):
            let end = slash(after: start)
            return end > start ? Array(((start + 1)...end).reversed()) : []
        case .field(_, .integer):
            var digits = start
            if digits < name.count, name[digits] == UInt8(ascii: "-") { digits += 1 }
            var end = digits
            while end < name.count, isDigit(name[end]) { end += 1 }
            return end > digits ? Array(((digits + 1)...end).reversed()) : []
        case .field(_, .time(let times)): return time(times, start).map { [$0] } ?? []
        }
    }

    private func time(_ times: [PartitionPattern.TimePart], _ start: Int) -> Int? {
        var position = start
        for part in times {
            guard position + part.width <= name.count else { return nil }
            switch part {
            case .literal(let byte): guard name[position] == byte else { return nil }
            case .number: guard name[position..<(position + part.width)].allSatisfy(isDigit) else { return nil }
            }
            position += part.width
        }
        return position
    }

    private func slash(after start: Int) -> Int { name[start...].firstIndex(of: UInt8(ascii: "/")) ?? name.count }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
