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
                while count < ITCHBookBuilder.ahead, ITCHFraming.Fault(base + at, block.count - at) == nil {
                    let message = ITCHMessage(base + at + 2)
                    batch[count] = message
                    touchOrder(message)
                    at += 2 + ITCHLayout.length(message.type)
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
                    guard ITCHFraming.Fault(base + at, size - at) == nil else {
                        isMore = false
                        break
                    }
                    let message = ITCHMessage(base + at + 2), type = message.type
                    at += 2 + ITCHLayout.length(type)
                    number &+= 1
                    guard Int(message.locate) & mask == share || type == UInt8(ascii: "S") else { continue }
                    batch[count] = Numbered(message: message, number: number)
                    touchOrder(message)
                    count += 1
                }
                for index in 0..<count { touchLevels(batch[index].message) }
                for index in 0..<count { apply(batch[index].message, number: batch[index].number) }
            }
        }
        skip(to: number)
        return (at, number - first)
    }

    private struct Numbered {
        let message: ITCHMessage
        let number: Int
    }
}
