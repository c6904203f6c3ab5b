import Basics
package import Tensors

/// Named tensors of a file, read when they are asked for: safetensors or an archive of PyTorch.
package struct WeightSource: Sendable {
    /// By name.
    package let shapes: [String: [Int]]
    /// What the file says about itself.
    package let metadata: [String: String]
    private let read: @Sendable (String) throws -> Tensor

    /// The tensors of a safetensors file.
    package init(_ file: SafetensorsFile) {
        shapes = file.entries.mapValues(\.shape)
        metadata = file.metadata
        read = { try file.tensor($0) }
    }

    /// The tensors of a file of `torch.save`.
    package init(_ archive: TorchArchive) {
        shapes = archive.shapes
        metadata = archive.metadata
        read = { try archive.tensor($0) }
    }

    /// A file of either form, told apart by its first bytes.
    ///
    /// - Throws: ``Failure`` and ``ConfigError`` for a file in neither form, ``FileError``.
    package static func read(_ path: String) throws -> WeightSource {
        guard Paths.exists(path) else { throw Failure("weights.no-file", "found no file '\(path)'") }
        // The bytes live as long as the file that they are of.
        let file = try MappedFile(path), isTorch = withExtendedLifetime(file) { TorchArchive.isTorch(file.bytes) }
        return isTorch ? WeightSource(try TorchArchive(path)) : WeightSource(try SafetensorsFile.read(path))
    }

    /// The values of a tensor, as 32-bit floats.
    ///
    /// - Throws: ``Failure`` when there is none of that name, or it is of whole numbers.
    package func tensor(_ name: String) throws -> Tensor { try read(name) }

    /// The order in which the module behind the file flattens what convolutions made: what our exports say; ours for
    /// exports that were made before they said it; PyTorch's for everything else.
    package var flatten: FlattenOrder {
        metadata[TorchWeights.flattenKey].flatMap(FlattenOrder.init(rawValue:))
            ?? (metadata["hftml.spec"] == nil ? .channelsFirst : .channelsLast)
    }

    /// What stands before all wanted names: the dictionaries and wrappers that they lie in, such as
    /// `state_dict.module.`.
    ///
    /// - Throws: ``Failure`` when several places have all of them.
    func prefix(of wanted: [String]) throws -> String {
        guard let first = wanted.first, shapes[first] == nil else { return "" }
        let found = shapes.keys.filter { $0.hasSuffix(".\(first)") }.map { String($0.dropLast(first.count)) }
        let whole = found.filter { prefix in wanted.allSatisfy { shapes[prefix + $0] != nil } }.sorted()
        guard whole.count <= 1 else {
            throw Failure(
                "weights.several",
                "found the weights \(whole.count) times, under \(whole.map { "'\($0)'" }.joined(separator: ", "))",
                hint: "say which: --prefix \(whole[0].dropLast())")
        }
        // Where none has all, the longest common way in gives the clearest message.
        return whole.first ?? (found.count == 1 ? found[0] : "")
    }
}
