/// Orders of weights in memory: ours is channels last, kernels `[out][time][width][in]`.
package enum Layout {
    /// `[columns][rows]` from `[rows][columns]`.
    package static func transposed<T>(_ values: [T], rows: Int, columns: Int) -> [T] {
        var out = values
        for row in 0..<rows { for column in 0..<columns { out[column * rows + row] = values[row * columns + column] } }
        return out
    }

    /// `[out][height][width][in]` to PyTorch's and ONNX's `[out][in][height][width]`.
    package static func convolutionToTorch(_ values: [Float], out: Int, height: Int, width: Int, channels: Int)
        -> [Float]
    {
        permuted(values, [out, height, width, channels], [0, 3, 1, 2])
    }

    /// The axes of an array in another order; axis i of the result is axis `order[i]` of the source.
    package static func permuted<T>(_ values: [T], _ shape: [Int], _ order: [Int]) -> [T] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in stride(from: shape.count - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * shape[axis + 1]
        }
        let sizes = order.map { shape[$0] }, steps = order.map { strides[$0] }
        var index = [Int](repeating: 0, count: shape.count), offset = 0
        return (0..<values.count).map { _ in
            defer {
                var axis = sizes.count - 1
                while axis >= 0 {
                    index[axis] += 1
                    offset += steps[axis]
                    if index[axis] < sizes[axis] { break }
                    offset -= steps[axis] * sizes[axis]
                    index[axis] = 0
                    axis -= 1
                }
            }
            return values[offset]
        }
    }
}
