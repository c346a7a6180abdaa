using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Cvmfs.Net.Replication;

/// <summary>Bounds of a duration, both included. (The framework's range attribute converts its bounds by reflection.)</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TimeSpanRangeAttribute(string minimum, string maximum) : ValidationAttribute
{
    public string Minimum { get; } = minimum;

    public string Maximum { get; } = maximum;

    public override bool IsValid(object? value)
        => value is null || (value is TimeSpan span
            && span >= TimeSpan.Parse(Minimum, CultureInfo.InvariantCulture) && span <= TimeSpan.Parse(Maximum, CultureInfo.InvariantCulture));

    public override string FormatErrorMessage(string name) => $"{name} must be between {Minimum} and {Maximum}.";
}
