import Basics

/// A dense array of 32-bit floats with a shape, row-major: what weight files hold.
///
/// Kernels work on ``FloatBuffer`` ranges; this is the type at the edges.
package struct Tensor: Sendable, Equatable {
    /// Axes, the slowest first.
    package var shape: [Int]
    /// In the order of the axes.
    package var values: [Float]

    /// A tensor; as many values as the shape has.
    package init(shape: [Int], values: [Float]) {
        precondition(
            shape.reduce(1, *) == values.count, "found \(values.count) values for a tensor of shape \(shape)")
        self.shape = shape
        self.values = values
    }
}
