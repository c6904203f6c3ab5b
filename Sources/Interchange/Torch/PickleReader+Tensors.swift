/// The functions that a file of weights may mention, understood in place of called.
extension PickleReader {
    /// What a call of an allowed function gives; nothing is called.
    mutating func understood(_ function: String, _ arguments: [PickleValue]) throws -> PickleValue {
        switch function {
        case "collections.OrderedDict":
            var entries: [PickleValue] = []
            if case .list(let pairs)? = arguments.first {
                // One list may be the argument of as many calls as the file has bytes.
                copied += heap[pairs].count
                guard copied <= mostCopied else { throw malformed("more copies of one list than weights need") }
                for case .tuple(let pair) in heap[pairs] where heap[pair].count == 2 { entries += heap[pair] }
            }
            return .map(heap.add(entries))
        case "torch._utils._rebuild_parameter":
            guard case .tensor(let tensor)? = arguments.first else { throw malformed("a parameter without a tensor") }
            return .tensor(tensor)
        case "torch._utils._rebuild_tensor_v2": return .tensor(try tensor(arguments))
        case "torch.Size": return arguments.first ?? .none
        case "torch.device": return .none
        default: throw malformed("a call of \(function)")
        }
    }

    /// `('storage', type, key, place, count)`.
    func storage(_ value: PickleValue) throws -> PickleValue {
        guard case .tuple(let place) = value, case let parts = heap[place], parts.count == 5,
            case .text("storage") = parts[0], case .name(let full) = parts[1], case .text(let key) = parts[2],
            let count = parts[4].int, count >= 0
        else { throw malformed("a storage of another form than PyTorch writes") }
        let name = String(full.split(separator: ".").last ?? "")
        guard let type = TorchNumber(rawValue: name == "UntypedStorage" ? "ByteStorage" : name) else {
            throw malformed("the storage \(full)")
        }
        return .storage(TorchStorage(type: type, key: key, count: count))
    }

    /// `(storage, offset, shape, strides, requires gradient, hooks, …)`; the view must lie in its storage.
    func tensor(_ arguments: [PickleValue]) throws -> TorchTensor {
        guard arguments.count >= 4, case .storage(let storage) = arguments[0], let offset = arguments[1].int,
            let shape = heap.ints(arguments[2], most: 16), let strides = heap.ints(arguments[3], most: 16), offset >= 0,
            shape.count == strides.count, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 })
        else { throw malformed("a tensor of another form than PyTorch writes") }
        // `{"neg": True}` and `{"conj": True}`: the numbers in the storage are not the numbers of the tensor.
        if arguments.count > 6, case .map(let entries) = arguments[6], !heap[entries].isEmpty {
            throw malformed("a negated or conjugate view; save tensor.clone() in place of it")
        }
        var count = 1, last = offset
        for (size, step) in zip(shape, strides) {
            let (product, isLarge) = count.multipliedReportingOverflow(by: size)
            let (reach, isFar) = max(size - 1, 0).multipliedReportingOverflow(by: step)
            let (end, isOut) = last.addingReportingOverflow(reach)
            guard !isLarge, !isFar, !isOut else { throw malformed("a tensor larger than any memory") }
            (count, last) = (product, end)
        }
        guard count == 0 || last < storage.count, count <= storage.count else {
            throw malformed("a tensor of shape \(shape) that does not fit its storage of \(storage.count) numbers")
        }
        // No step is ever taken along an axis of one, so its stride may be anything.
        return TorchTensor(
            storage: storage, offset: offset, shape: shape, strides: zip(shape, strides).map { $0 > 1 ? $1 : 0 })
    }
}
