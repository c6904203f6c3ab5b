import Basics

extension ITCHBookBuilder {
    /// Messages whose memory is asked for before the first of them is taken.
    private static let ahead = 32

    /// Takes all whole messages at the front of a block, each behind its length.
    ///
    /// Nearly all of the time goes into waiting for memory: of the order, of its side and of its level, one after the
    /// other. For some messages at once these waits overlap.
    ///
    /// - Returns: the bytes that they had, and their number; what is left is no whole message.
    package func apply(_ block: UnsafeRawBufferPointer) -> (used: Int, messages: Int) {
        guard let base = block.baseAddress else { return (0, 0) }
        if shares > 1 { return applyShare(base, block.count) }
        let first = messageCount
        var at = 0
        withUnsafeTemporaryAllocation(of: ITCHMessage.self, capacity: ITCHBookBuilder.ahead) { batch in
            var count = 0
            repeat {
                count = 0
                while count < ITCHBookBuilder.ahead {
                    let length = whole(base + at, block.count - at)
                    guard length > 0 else { break }
                    let message = ITCHMessage(base + at + 2)
                    batch[count] = message
                    touchOrder(message, length)
                    at += 2 + length
                    count += 1
                }
                for index in 0..<count { touchLevels(batch[index]) }
                for index in 0..<count { apply(batch[index]) }
            } while count == ITCHBookBuilder.ahead
        }
        return (at, messageCount - first)
    }

    /// The same of one share of the instruments; messages of others are stepped over.
    private func applyShare(_ base: UnsafeRawPointer, _ size: Int) -> (used: Int, messages: Int) {
        let first = messageCount, mask = shares &- 1
        var at = 0, number = first, isMore = true
        withUnsafeTemporaryAllocation(of: Numbered.self, capacity: ITCHBookBuilder.ahead) { batch in
            while isMore {
                var count = 0
                while count < ITCHBookBuilder.ahead {
                    let length = whole(base + at, size - at)
                    guard length > 0 else {
                        isMore = false
                        break
                    }
                    let message = ITCHMessage(base + at + 2)
                    at += 2 + length
                    number &+= 1
                    guard Int(message.locate) & mask == share || message.type == UInt8(ascii: "S") else { continue }
                    batch[count] = Numbered(message: message, number: number)
                    touchOrder(message, length)
                    count += 1
                }
                for index in 0..<count { touchLevels(batch[index].message) }
                for index in 0..<count { apply(batch[index].message, number: batch[index].number) }
            }
        }
        skip(to: number)
        return (at, number - first)
    }

    /// The length of the message at `bytes`; 0 where no whole one stands there. ``ITCHFraming`` says why.
    @inline(__always)
    private func whole(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        guard count >= 3 else { return 0 }
        let length = Int(UInt16(bigEndian: bytes.loadUnaligned(as: UInt16.self)))
        let expected = Int(lengths[Int(bytes.load(fromByteOffset: 2, as: UInt8.self))])
        return length == expected && count >= length &+ 2 ? length : 0
    }

    private struct Numbered {
        let message: ITCHMessage
        let number: Int
    }
}
