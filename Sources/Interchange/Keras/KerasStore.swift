import Basics
import Foundation

/// Where a Keras file keeps the arrays of its layers: by layers' names in the older form of HDF5, by their types and
/// counts in the form of Keras 3.
struct KerasStore {
    let file: HDF5File
    /// Groups of the layers below the root, in the order of the file where it has one.
    enum Form {
        /// `layer_names` and `weight_names`.
        case named(root: String)
        /// `layers/conv1d_1/vars/0`.
        case counted
    }
    let form: Form

    init(_ file: HDF5File) throws {
        self.file = file
        if file.has("model_weights") {
            form = .named(root: "model_weights")
        } else if file.has("layers") || file.has("_layer_checkpoint_dependencies") {
            guard file.has("layers") else {
                throw Failure(
                    "weights.keras", "found the weights of a first release of Keras 3 in '\(file.path)'",
                    hint: "save the model again with a newer Keras: model.save('model.keras')")
            }
            form = .counted
        } else {
            form = .named(root: "/")
        }
    }

    /// Names of the layers with arrays, in order; nil where the file has no order.
    func names() throws -> [String]? {
        guard case .named(let root) = form else { return nil }
        return try file.texts("layer_names", of: root).filter { try !weightPaths($0, root).isEmpty }
    }

    private func weightPaths(_ layer: String, _ root: String) throws -> [String] {
        let prefix = root == "/" ? "" : root + "/"
        return try file.texts("weight_names", of: prefix + layer).map { "\(prefix)\(layer)/\($0)" }
    }

    /// The name that Keras 3 keeps with a group of the counted form.
    func name(ofGroup group: String) -> String? { file.text("name", of: "layers/\(group)/vars") }

    /// Reads a layer's arrays into a buffer.
    ///
    /// - Parameters:
    ///   - key: the layer's name, or its group in the counted form.
    ///   - absent: roles that the layer does not have; they get 0, or 1 for `gamma`.
    /// - Throws: ``Failure`` naming layer and shapes where they differ.
    func read(
        _ key: String, _ weights: [KerasArrays.Weight], absent: Set<String>, into write: (Int, Float) -> Void
    ) throws {
        let present = weights.filter { !absent.contains($0.role) }
        var paths: [String] = []
        switch form {
        case .named(let root): paths = try weightPaths(key, root)
        case .counted: paths = present.map { "layers/\(key)/\($0.store)" }
        }
        // Without `gamma`, `beta` is the first array.
        if case .counted = form, absent.contains("gamma") || absent.contains("beta") {
            paths = present.indices.map { "layers/\(key)/vars/\($0)" }
        }
        guard paths.count == present.count else {
            throw Failure(
                "weights.layers", "found \(paths.count) arrays in the layer '\(key)', expected \(present.count)",
                hint: "the weights belong to another architecture")
        }
        for (weight, path) in zip(present, paths) {
            let shape = try file.shape(path)
            guard shape == weight.shape else {
                throw Failure(
                    "weights.shape", "found shape \(shape) for '\(path)', expected \(weight.shape)",
                    hint: "the weights belong to another architecture")
            }
            for (value, at) in zip(try file.values(path, count: weight.places.count), weight.places) {
                write(at, value)
            }
            for at in weight.added ?? [] { write(at, 0) }
        }
        for weight in weights where absent.contains(weight.role) {
            for at in weight.places + (weight.added ?? []) { write(at, weight.role == "gamma" ? 1 : 0) }
        }
    }
}
