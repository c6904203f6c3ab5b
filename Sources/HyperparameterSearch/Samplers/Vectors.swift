/// Rows of doubles; sums are added in one fixed order, so results do not depend on the machine.
enum Vectors {
    /// y += factor·x.
    @inline(__always)
    static func add(_ factor: Double, _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, _ count: Int) {
        var k = 0
        let x4 = UnsafeRawPointer(x), y4 = UnsafeMutableRawPointer(y)
        while k + 4 <= count {
            let sum =
                y4.loadUnaligned(fromByteOffset: k * 8, as: SIMD4<Double>.self) + x4.loadUnaligned(
                    fromByteOffset: k * 8, as: SIMD4<Double>.self) * factor
            y4.storeBytes(of: sum, toByteOffset: k * 8, as: SIMD4<Double>.self)
            k += 4
        }
        while k < count {
            y[k] += factor * x[k]
            k += 1
        }
    }

    /// y += factor·x, with all of y and as much of x from a position on.
    static func add(_ factor: Double, _ x: [Double], from start: Int, to y: inout [Double]) {
        precondition(start + y.count <= x.count)
        x.withUnsafeBufferPointer { x in
            y.withUnsafeMutableBufferPointer { y in
                if let x = x.baseAddress, let to = y.baseAddress { add(factor, x + start, to: to, y.count) }
            }
        }
    }

    @inline(__always)
    static func dot(_ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ count: Int) -> Double {
        var k = 0, sums = SIMD8<Double>.zero
        let x8 = UnsafeRawPointer(x), y8 = UnsafeRawPointer(y)
        while k + 8 <= count {
            sums +=
                x8.loadUnaligned(fromByteOffset: k * 8, as: SIMD8<Double>.self)
                * y8.loadUnaligned(fromByteOffset: k * 8, as: SIMD8<Double>.self)
            k += 8
        }
        var sum = sums.sum()
        while k < count {
            sum += x[k] * y[k]
            k += 1
        }
        return sum
    }

    /// The product of all of x with as much of y from a position on.
    static func dot(_ x: [Double], _ y: [Double], from start: Int = 0) -> Double {
        precondition(start + x.count <= y.count)
        return x.withUnsafeBufferPointer { x in
            y.withUnsafeBufferPointer { y in
                guard let from = x.baseAddress, let y = y.baseAddress else { return 0 }
                return dot(from, y + start, x.count)
            }
        }
    }
}
