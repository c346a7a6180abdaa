namespace Cvmfs.Net.Proxy;

/// <summary>Says of a setting that is out of its range what is wrong with it.</summary>
internal static class OptionRange
{
    /// <returns>Nothing, or one sentence that begins with the name of the setting.</returns>
    public static IEnumerable<string> Check<T>(string name, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0) yield return $"{name}: {value} is not between {least} and {most}.";
    }
}
