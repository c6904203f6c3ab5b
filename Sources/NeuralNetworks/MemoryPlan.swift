/// Places blocks in one piece of memory so that blocks that live at the same time do not overlap: first fit, in order
/// of birth.
///
/// Complexity: O(n²) in the number of blocks that live at once, once per network.
struct MemoryPlan {
    private(set) var size = 0
    private var live: [Range<Int>] = []

    /// - Returns: the offset of a block of `count` floats, aligned to a cache line.
    mutating func take(_ count: Int) -> Int {
        let length = max((count + 15) / 16 * 16, 16)
        var start = 0
        for block in live {
            if block.lowerBound - start >= length { break }
            start = block.upperBound
        }
        let block = start..<start + length
        live.insert(block, at: live.firstIndex { $0.lowerBound > start } ?? live.count)
        size = max(size, block.upperBound)
        return start
    }

    mutating func release(_ offset: Int) {
        live.removeAll { $0.lowerBound == offset }
    }
}
