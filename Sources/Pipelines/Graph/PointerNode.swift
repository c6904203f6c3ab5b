/// A `.dvc` file as a node of the graph: data that stages read, which no stage makes.
package struct PointerNode: Sendable, Equatable {
    /// Absolute, as all paths here.
    package let file: String
    package let outputs: [String]
    package let dependencies: [String]

    package init(file: String, outputs: [String], dependencies: [String] = []) {
        self.file = file
        self.outputs = outputs
        self.dependencies = dependencies
    }
}
