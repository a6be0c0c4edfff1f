from starsieve.readers.observation import observation_in


def test_the_airmass_is_the_mean_over_the_exposure():
    ends = {"ESO TEL AIRM START": 1.2, "ESO TEL AIRM END": 1.6}

    assert observation_in(ends)["airmass"] == 1.4
    assert observation_in({"AIRMASS": 1.3})["airmass"] == 1.3
    assert observation_in({"ESO TEL AIRM START": 1.2})["airmass"] == 1.2


def test_both_observatories_pipelines_are_understood():
    assert observation_in({"TNG DRS BERV": -12.0, "TNG DRS CCF RV": 4.5}) == {
        "berv_km_s": -12.0,
        "radial_velocity_km_s": 4.5,
    }


def test_a_better_known_velocity_is_preferred():
    both = {"ESO DRS CCF RV": 1.0, "ESO DRS CCF RVC": 2.0}

    assert observation_in(both)["radial_velocity_km_s"] == 2.0


def test_what_is_no_number_or_stands_for_unknown_is_left_out():
    header = {"ESO DRS CCF RVC": -99999.0, "EXPTIME": "long", "MJD-OBS": True, "SNR": float("nan")}

    assert observation_in(header) == {}
