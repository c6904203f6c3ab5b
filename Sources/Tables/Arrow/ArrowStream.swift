import Basics

/// An Arrow stream, or a file that is read like one because it is compressed or comes through a pipe.
final class ArrowStream: ArrowMessages {
    let schema: ArrowSchema
    private let input: Input
    private let problems: ArrowProblems

    /// A batch is held in memory.
    private static let largestBody = 1 << 31
    private static let largestMessage = 1 << 28

    init(_ path: String, _ problems: ArrowProblems) throws {
        input = Input(try ByteSource(path), problems)
        self.problems = problems
        var head = try input.upTo(4)
        if head.starts(with: "FEA1".utf8) {
            throw Failure(
                "file.arrow", "found Feather V1 in '\(path)', expected V2, which is Arrow's file format",
                hint: "write it again: pandas.read_feather(old).to_feather(new)")
        }
        if head.starts(with: "ARRO".utf8) {
            // What is in front of the messages of a file.
            guard try input.upTo(4).starts(with: "W1".utf8) else {
                throw problems.damage("other first bytes", expected: "ARROW1")
            }
            head = try input.upTo(4)
        }
        guard let (message, _) = try ArrowStream.message(input, head, problems),
            case .schema(let table) = message.header
        else { throw problems.damage("no schema at the start", expected: "one") }
        schema = try ArrowSchema(table, problems)
    }

    func next() throws -> (ArrowMessage, ArrowBody)? {
        try ArrowStream.message(input, input.upTo(4), problems)
    }

    /// The message whose first four bytes were read; nil at the end.
    private static func message(_ input: Input, _ head: [UInt8], _ problems: ArrowProblems) throws
        -> (ArrowMessage, ArrowBody)?
    {
        // A stream may end with the sign of its end, or just end.
        if head.isEmpty { return nil }
        var size = LittleEndianBytes(head)
        if head.count == 4, size.u32(0) == UInt32.max { size = LittleEndianBytes(try input.upTo(4)) }
        guard size.count == 4 else { throw problems.damage("the end", expected: "the size of a message") }
        let count = Int(size.u32(0))
        if count == 0 { return nil }
        guard count <= largestMessage else {
            throw problems.damage("a message of \(count) bytes", expected: "at most \(largestMessage)")
        }
        let message = try ArrowMessage(try input.exactly(count), problems)
        guard message.bodySize <= largestBody else {
            throw problems.refusal("a batch of \(message.bodySize) bytes in a stream, more than \(largestBody),")
        }
        let body = try input.exactly(message.bodySize)
        return (message, ArrowBody(bytes: .memory(body[...]), problems: problems))
    }

    /// Bytes from the front, of which memory is taken only as they come.
    private final class Input {
        private let source: ByteSource
        private let problems: ArrowProblems
        private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)

        init(_ source: ByteSource, _ problems: ArrowProblems) { (self.source, self.problems) = (source, problems) }

        deinit { block.deallocate() }

        func upTo(_ count: Int) throws -> [UInt8] {
            var bytes: [UInt8] = []
            while bytes.count < count {
                let wanted = min(count - bytes.count, block.count)
                let got = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: block[..<wanted]))
                if got == 0 { break }
                bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: block[..<got]))
            }
            return bytes
        }

        func exactly(_ count: Int) throws -> [UInt8] {
            let bytes = try upTo(count)
            guard bytes.count == count else {
                throw problems.damage("\(bytes.count) bytes and the end", expected: "\(count) bytes")
            }
            return bytes
        }
    }
}
