/// Arithmetic on numbers that come from outside: files, arguments, answers of other programs.
///
/// Swift ends the process where an integer overflows or a Double does not fit one. A number is therefore bounded where
/// it is read (``ConfigReader/int(_:default:in:)``, ``CivilDate``), or computed with by what is here. Kernels and loops
/// over positions, whose numbers are the program's own, compute as usual; `Tests/ArchitectureTests` holds the line.
extension FixedWidthInteger {
    /// The integer part of a number; the nearest end of the range for what lies beyond it, 0 for NaN.
    @inlinable
    package init(saturating value: Double) {
        if let whole = Self(exactly: value.rounded(.towardZero)) {
            self = whole
        } else {
            self = value.isNaN ? 0 : value < 0 ? .min : .max
        }
    }

    /// The integer part of a number; the nearest end of the range for what lies beyond it, 0 for NaN.
    @inlinable
    package init(saturating value: Float) { self.init(saturating: Double(value)) }

    /// The sum, or nil where it does not fit.
    @inlinable
    package func plus(_ other: Self) -> Self? {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? nil : sum
    }

    /// The difference, or nil where it does not fit.
    @inlinable
    package func minus(_ other: Self) -> Self? {
        let (difference, overflows) = subtractingReportingOverflow(other)
        return overflows ? nil : difference
    }

    /// The product, or nil where it does not fit.
    @inlinable
    package func times(_ other: Self) -> Self? {
        let (product, overflows) = multipliedReportingOverflow(by: other)
        return overflows ? nil : product
    }

    /// The sum, or the end of the range that it lies beyond.
    @inlinable
    package func saturatingPlus(_ other: Self) -> Self { plus(other) ?? (other < 0 ? .min : .max) }

    /// The difference, or the end of the range that it lies beyond.
    @inlinable
    package func saturatingMinus(_ other: Self) -> Self { minus(other) ?? (other < 0 ? .max : .min) }

    /// The product, or the end of the range that it lies beyond.
    @inlinable
    package func saturatingTimes(_ other: Self) -> Self { times(other) ?? ((self < 0) != (other < 0) ? .min : .max) }
}
