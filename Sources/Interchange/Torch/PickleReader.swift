import Basics

/// Reads the part of Python's pickle format that weights need, and runs nothing.
///
/// A pickle is a program for a small stack machine that may call any function of Python (`pickletools.py` of CPython
/// describes every opcode). This reader knows the opcodes of protocols 0 to 5 that build plain values and containers,
/// and of functions only those in ``allowed``, which it does not call but understands: tensors, parameters, ordered
/// dictionaries. Any other function is refused by its name before anything is done with it. Memory is bounded: values
/// are at most as many as the file has bytes, and tensors stay in the file until they are asked for.
struct PickleReader {
    /// Module and name of what a file of weights may mention.
    static let allowed: Set<String> = Set(
        [
            "collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter",
            "torch.Size", "torch.device", "torch.storage.UntypedStorage", "torch.nn.parameter.Parameter",
        ] + TorchNumber.allCases.map { "torch.\($0.rawValue)" })

    private let bytes: UnsafeRawBufferPointer
    private let file: String
    private var at = 0
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    var heap = PickleHeap()
    /// Items of lists that calls have copied, at most as many as the file has bytes.
    var copied = 0
    var mostCopied: Int { bytes.count }

    private init(_ bytes: UnsafeRawBufferPointer, file: String) {
        (self.bytes, self.file) = (bytes, file)
    }

    /// The value of a pickle, and the containers that it refers to.
    ///
    /// - Throws: ``Failure`` with code `weights.pickle`, or `weights.pickle-code` for one that would call a function.
    static func read(_ bytes: UnsafeRawBufferPointer, file: String) throws -> (value: PickleValue, heap: PickleHeap) {
        var reader = PickleReader(bytes, file: file)
        let value = try reader.run()
        return (value, reader.heap)
    }

    // MARK: Bytes

    func malformed(_ what: String) -> Failure {
        Failure(
            "weights.pickle", "found \(what) at byte \(at) of the pickle in '\(file)'",
            hint: "save a state dict: torch.save(model.state_dict(), 'weights.pth')")
    }

    private mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
        guard count >= 0, count <= bytes.count - at else { throw malformed("an end inside a value") }
        defer { at += count }
        return UnsafeRawBufferPointer(rebasing: bytes[at..<(at + count)])
    }

    /// An unsigned number, little-endian.
    private mutating func number(_ width: Int) throws -> Int {
        let value = try take(width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int(exactly: value) else { throw malformed("a length that no file has") }
        return number
    }

    private mutating func text(_ count: Int) throws -> PickleValue {
        .text(String(decoding: try take(count), as: UTF8.self))
    }

    private mutating func line() throws -> String {
        guard let end = bytes[at...].firstIndex(of: 10) else { throw malformed("an end inside a line") }
        defer { at = end + 1 }
        return String(decoding: bytes[at..<end], as: UTF8.self)
    }

    // MARK: Stack

    private mutating func pop() throws -> PickleValue {
        guard stack.count > (marks.last ?? 0), let top = stack.popLast() else { throw malformed("an empty stack") }
        return top
    }

    private mutating func popToMark() throws -> [PickleValue] {
        guard let mark = marks.popLast(), mark <= stack.count else { throw malformed("no mark") }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }

    private mutating func remembered(_ key: Int) throws -> PickleValue {
        guard let value = memo[key] else { throw malformed("a reference to nothing") }
        return value
    }

    private mutating func remember(_ key: Int) throws {
        guard let top = stack.last else { throw malformed("an empty stack") }
        memo[key] = top
    }

    // MARK: Opcodes

    private mutating func run() throws -> PickleValue {
        while at < bytes.count {
            let code = try number(1)
            if code == 0x2e {  // STOP
                let value = try pop()
                guard stack.isEmpty else { throw malformed("values left over") }
                return value
            }
            if try plain(code) { continue }
            if try container(code) { continue }
            try object(code)
        }
        throw malformed("an end without a stop")
    }

    /// Numbers, texts and the memo; false for another opcode.
    private mutating func plain(_ code: Int) throws -> Bool {
        switch Character(UnicodeScalar(UInt8(code))) {
        case "\u{80}":
            guard try number(1) <= 5 else { throw malformed("a protocol above 5") }
        case "\u{95}": _ = try number(8)  // FRAME
        case "N": stack.append(.none)
        case "\u{88}": stack.append(.bool(true))
        case "\u{89}": stack.append(.bool(false))
        case "K": stack.append(.int(try number(1)))
        case "M": stack.append(.int(try number(2)))
        case "J": stack.append(.int(Int(Int32(truncatingIfNeeded: try number(4)))))
        case "\u{8a}":  // LONG1
            let digits = try take(try number(1))
            guard digits.count <= 8 else { throw malformed("a number of \(digits.count) bytes") }
            let isNegative = (digits.last ?? 0) >= 128
            stack.append(
                .int(Int(truncatingIfNeeded: digits.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) })))
        case "I", "L":
            let line = try line()
            if line == "01" || line == "00" {
                stack.append(.bool(line == "01"))
            } else {
                guard let value = Int(line.hasSuffix("L") ? String(line.dropLast()) : line) else {
                    throw malformed("no number")
                }
                stack.append(.int(value))
            }
        case "G":
            let value = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            stack.append(.double(Double(bitPattern: value)))
        case "F":
            guard let value = Double(try line()) else { throw malformed("no number") }
            stack.append(.double(value))
        case "X": stack.append(try text(try number(4)))
        case "\u{8c}": stack.append(try text(try number(1)))
        case "\u{8d}": stack.append(try text(try number(8)))
        case "V": stack.append(.text(try line()))
        case "U": stack.append(try text(try number(1)))
        case "T": stack.append(try text(try number(4)))
        case "C": stack.append(.bytes(Array(try take(try number(1)))))
        case "B": stack.append(.bytes(Array(try take(try number(4)))))
        case "\u{8e}": stack.append(.bytes(Array(try take(try number(8)))))
        case "q": try remember(try number(1))
        case "r": try remember(try number(4))
        case "\u{94}": try remember(memo.count)
        case "p":
            guard let key = Int(try line()) else { throw malformed("no number") }
            try remember(key)
        case "h": stack.append(try remembered(try number(1)))
        case "j": stack.append(try remembered(try number(4)))
        case "g":
            guard let key = Int(try line()) else { throw malformed("no number") }
            stack.append(try remembered(key))
        default: return false
        }
        return true
    }

    /// Tuples, lists, dictionaries and marks; false for another opcode.
    private mutating func container(_ code: Int) throws -> Bool {
        switch Character(UnicodeScalar(UInt8(code))) {
        case "(": marks.append(stack.count)
        case "0": _ = try pop()
        case "1": _ = try popToMark()
        case ")": stack.append(.tuple(heap.add([])))
        case "\u{85}": stack.append(.tuple(heap.add([try pop()])))
        case "\u{86}", "\u{87}":
            let items = try (0..<(code == 0x86 ? 2 : 3)).map { _ in try pop() }
            stack.append(.tuple(heap.add(items.reversed())))
        case "t": stack.append(.tuple(heap.add(try popToMark())))
        case "]", "\u{8f}": stack.append(.list(heap.add([])))
        case "l": stack.append(.list(heap.add(try popToMark())))
        case "a": try extend([try pop()])
        case "e", "\u{90}": try extend(try popToMark())
        case "}": stack.append(.map(heap.add([])))
        case "d":
            let items = try popToMark()
            stack.append(.map(heap.add([])))
            try fill(items)
        case "s":
            let value = try pop(), key = try pop()
            try fill([key, value])
        case "u": try fill(try popToMark())
        default: return false
        }
        return true
    }

    private mutating func extend(_ items: [PickleValue]) throws {
        guard case .list(let place)? = stack.last else { throw malformed("no list to extend") }
        heap.extend(place, items)
    }

    private mutating func fill(_ items: [PickleValue]) throws {
        guard case .map(let place)? = stack.last, items.count % 2 == 0 else {
            throw malformed("no dictionary to fill")
        }
        heap.extend(place, items)
    }

    /// What names functions and objects.
    private mutating func object(_ code: Int) throws {
        switch Character(UnicodeScalar(UInt8(code))) {
        case "c":
            let module = try line()
            stack.append(try named(module, try line()))
        case "\u{93}":  // STACK_GLOBAL
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw malformed("a function without a name")
            }
            stack.append(try named(module, name))
        case "R":
            guard case .tuple(let arguments) = try pop(), case .name(let function) = try pop() else {
                throw malformed("a call of what is no function")
            }
            stack.append(try understood(function, heap[arguments]))
        case "Q": stack.append(try storage(try pop()))
        case "b":
            // Attributes that a container carries besides its items, such as the versions of a state dict.
            _ = try pop()
            switch stack.last {
            case .map?, .tensor?: break
            default: throw malformed("attributes of an object that is no container")
            }
        default:
            let text = String(code, radix: 16)
            throw malformed("the opcode 0x\(text), which weights do not need,")
        }
    }

    private func named(_ module: String, _ name: String) throws -> PickleValue {
        let full = "\(module).\(name)"
        guard PickleReader.allowed.contains(full) else {
            let isModule = module.hasPrefix("torch.nn.modules") || module == "__main__"
            throw Failure(
                "weights.pickle-code", "refused '\(file)': loaded by Python, the file would run \(full)",
                hint: isModule
                    ? "it holds a whole module: save its weights with torch.save(model.state_dict(), 'weights.pth')"
                    : "only tensors and containers are read; if you trust the file, load it in Python and save "
                        + "torch.save(model.state_dict(), 'weights.pth')")
        }
        return .name(full)
    }
}
