using System.Text.Json.Serialization.Metadata;

namespace Cvmfs.Net.Proxy.Configuration;

/// <summary>The names of all settings.</summary>
internal static class SettingNames
{
    /// <summary>All names, with those of their sections: <c>storage.maxBytes</c>.</summary>
    public static IEnumerable<string> All => Of(ProxyJson.Default.ProxyOptions, "");

    /// <summary>The setting that somebody may have meant; null where none is near.</summary>
    public static string? Nearest(string wrong)
    {
        var (distance, name) = All.Concat(All.Select(name => name.Split('.')[0])).Distinct().Select(name => (Distance(wrong.ToUpperInvariant(), name.ToUpperInvariant()), name)).Min();
        if (distance <= Math.Max(2, wrong.Length / 4)) return name;
        string last = wrong[(wrong.LastIndexOf('.') + 1)..]; // right, but in another section
        return All.FirstOrDefault(candidate => candidate.EndsWith("." + last, StringComparison.OrdinalIgnoreCase));
    }

    private static IEnumerable<string> Of(JsonTypeInfo type, string prefix)
    {
        foreach (var property in type.Properties)
        {
            var inner = type.Options.GetTypeInfo(property.PropertyType);
            if (inner.Kind == JsonTypeInfoKind.Object && property.PropertyType.Assembly == typeof(ProxyOptions).Assembly)
            {
                foreach (string name in Of(inner, prefix + property.Name + ".")) yield return name;
            }
            else
            {
                yield return prefix + property.Name;
            }
        }
    }

    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
