//! The environment of `migrate`.

use runtime::settings::Reader;

/// Everything that `migrate` needs to know.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) irsa: identity::irsa::Settings,
    pub(crate) database: database::Settings,
    /// The secret that receives url-service's database login.
    pub(crate) url_service_secret_id: String,
    /// The secret that receives the first API key.
    pub(crate) first_api_key_secret_id: String,
}

impl Settings {
    /// Reads the settings of IRSA and of the database, `URL_SERVICE_SECRET_ID` and `FIRST_API_KEY_SECRET_ID`.
    pub(crate) fn read(reader: &mut Reader) -> Option<Self> {
        let irsa = identity::irsa::Settings::read(reader, "migrate");
        let database = database::Settings::read(reader);
        let url_service_secret_id = reader.required("URL_SERVICE_SECRET_ID");
        let first_api_key_secret_id = reader.required("FIRST_API_KEY_SECRET_ID");
        Some(Self {
            irsa: irsa?,
            database: database?,
            url_service_secret_id: url_service_secret_id?,
            first_api_key_secret_id: first_api_key_secret_id?,
        })
    }
}
