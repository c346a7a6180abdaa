namespace Cvmfs.Net.Server.Geo;

/// <summary>A place on the earth.</summary>
/// <param name="Latitude">Degrees, north positive, −90 to 90.</param>
/// <param name="Longitude">Degrees, east positive, −180 to 180.</param>
internal readonly record struct GeoPoint(double Latitude, double Longitude)
{
    private const double RadiansPerDegree = Math.PI / 180;

    /// <summary>Whether numbers are a place at all.</summary>
    public static bool IsPlace(double latitude, double longitude) => latitude is >= -90 and <= 90 && longitude is >= -180 and <= 180;

    /// <summary>Length of the shortest way to another place, in radians: 0 to π.</summary>
    public double ArcTo(GeoPoint other)
    {
        if (this == other) return 0;
        double polar = (90 - Latitude) * RadiansPerDegree;
        double otherPolar = (90 - other.Latitude) * RadiansPerDegree;
        double cosine = (Math.Sin(polar) * Math.Sin(otherPolar) * Math.Cos((Longitude - other.Longitude) * RadiansPerDegree))
            + (Math.Cos(polar) * Math.Cos(otherPolar));
        return Math.Acos(Math.Clamp(cosine, -1, 1)); // rounding may carry it past either end
    }
}
